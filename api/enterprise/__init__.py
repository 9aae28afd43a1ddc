"""The enterprise's platform: devices, recording in the browser, lots, labels."""
