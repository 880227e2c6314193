"""A `Dataset` -> a fitted classifier: recipes, fitting, classifiers, calibration, novelty."""
