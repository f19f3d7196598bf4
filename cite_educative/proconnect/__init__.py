"""ProConnect, the identification of public agents: an OpenID provider of allauth, there only when it is configured."""
