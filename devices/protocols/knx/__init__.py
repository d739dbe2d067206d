"""KNX over KNXnet/IP tunnelling and routing, plain and secure: group addresses from a table or an ETS project are devices."""
