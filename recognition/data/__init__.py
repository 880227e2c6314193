"""What training learns from: load_digits, CSV files, IDX files, folders of pictures -> `Dataset`."""
