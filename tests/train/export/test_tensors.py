"""What a .tflite's tensors are, found without a word."""

import subprocess
import sys


def test_the_runtimes_greeting_stays_out_of_the_terminal() -> None:
    code = (
        "from genred.model.shipped import load_model\n"
        "from genred_train.export.tensors import tensors\n"
        "print(tensors(load_model('base').flatbuffer, 11)[1].shape)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (found.stdout, found.stderr) == ("[1, 11]\n", "")
