"""Who lies, and what comes of it? What malicious participants do; nothing that an honest node runs imports it."""
