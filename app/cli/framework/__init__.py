"""What every verb is made with: definition, arguments, output, access to the project or to its running engine."""
