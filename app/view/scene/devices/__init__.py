"""Device markers, and picking of devices by the mouse."""
