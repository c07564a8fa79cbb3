"""From FER-2013 (with FER+ votes and a gender-labelled set) to the ONNX file the program ships."""
