"""What the trade is: vocabulary, events as EPCIS 2.0, codes and units. Judges nothing."""
