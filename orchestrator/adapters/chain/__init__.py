"""How are contracts read, and acted on? By endpoint, event and transaction; by contract; by bell."""
