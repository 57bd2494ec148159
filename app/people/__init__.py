"""Who works here: people, the groups they belong to, and the posts they hold."""
