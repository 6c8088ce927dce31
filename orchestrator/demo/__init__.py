"""`starling demo`: a whole task on this machine, from stake to withdrawal, watched and checked."""
