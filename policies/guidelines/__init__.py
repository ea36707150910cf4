"""The guides as data and pure functions; every fact is here once, for components and policies alike."""
