"""The supervisor's platform: today, tracing any code both ways, auditing the whole ledger."""
