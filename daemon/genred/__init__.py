"""genred hears music and says, live, what genre it is.

The way of the data is the way of the folders: `audio` (samples), `features` (frames, windows),
`model` (probabilities), `tracking` (state), `wire` (bytes). `pipeline` joins the middle ones.
"""

__version__ = "0.1.0"
