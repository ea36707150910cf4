"""The guides as data and pure functions; every fact stands here once, for components and policies alike."""
