"""What rules say: findings, those of them that only strangers claim, and how they are kept."""
