"""Picture bytes -> canonical images: `decoding` -> `ink` -> `characters` -> `placement`."""
