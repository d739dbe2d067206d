"""Files of the user: how they are written (whole or not at all), how they are opened, what their errors mean."""
