"""The common parts of every policy: values, resources, exemptions, configuration, and the servicer."""
