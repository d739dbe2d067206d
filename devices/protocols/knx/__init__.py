"""KNX over KNXnet/IP tunnelling: group addresses from a table or an ETS project are devices."""
