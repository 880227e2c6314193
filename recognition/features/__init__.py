"""Images -> rows of features: gradient directions, Fisher vectors of patches; and augmentation."""
