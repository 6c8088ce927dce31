"""How is each outside system spoken to? One file each; its exceptions become our three families here."""
