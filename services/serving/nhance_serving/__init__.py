"""TensorFlow Serving's API over TensorFlow in Python, for a laptop, CI and tests.

In a cluster the official server takes its place with no change elsewhere. What differs on purpose:

- a model directory that appears under the base path is served without a configuration reload
  (until the first reload, whose list of models then is the whole list, as on the real server);
- a file ``labels.json`` in it says which versions are served, where the real server has its
  configuration's policy for that;
- a version that cannot be loaded does not keep the server from starting; it is tried again when
  its files change, not by the clock;
- a reload that names a model without a loadable version is answered with an error, where the real
  server waits for ever;
- an input's shape is checked against the signature before the model runs;
- asking for the status of a version label answers for that version;
- Classify, Regress and MultiInference are UNIMPLEMENTED, and REST carries status and metadata only.
"""
