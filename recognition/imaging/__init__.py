"""Picture bytes -> canonical images: `decoding` -> `ink` -> `characters` -> `normalization`."""
