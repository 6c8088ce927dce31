"""How is it trained and evaluated? TORCH: recipes, training, evaluation; nothing that must be exact imports it."""
