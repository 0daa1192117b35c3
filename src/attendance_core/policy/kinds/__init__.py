"""The kinds of rule: each works its concerns out, and lists the sessions behind them."""
