"""The config: one typed tree, from one TOML file, the environment and flags."""

from genred.config.clients import Endpoints, default_endpoints
from genred.config.layers import Read, load, read
from genred.config.problems import ConfigError
from genred.config.tree import Config

__all__ = ["Config", "ConfigError", "Endpoints", "Read", "default_endpoints", "load", "read"]
