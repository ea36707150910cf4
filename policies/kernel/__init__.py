"""What every policy is made of: values, resources, exemptions, configuration, and the servicer."""
