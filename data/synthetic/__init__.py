"""The invented company behind the sample programme: what happened, and how tools write it down."""
