"""What all answers share: pages, problems, forms, entity tags, the interface described."""
