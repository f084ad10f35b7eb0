"""What a supervisor, a load balancer and a person may know."""
