"""What does a task look like from stake to withdrawal? One played on this machine, watched and checked."""
