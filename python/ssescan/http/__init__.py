"""HTTP/1.1 on urllib3: requests, connections, bodies and deadlines. Only this package and `testing` import urllib3."""
