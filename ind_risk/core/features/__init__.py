"""Point-in-time features: the register that justifies each, and the expressions behind them."""
