"""What the verbs share: what a verb is, how answers are printed, how a project is opened."""
