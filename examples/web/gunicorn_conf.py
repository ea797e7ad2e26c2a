"""Settings of gunicorn. Run it with: gunicorn --config examples/web/gunicorn_conf.py --pythonpath examples/web flask_status:app"""

threads = 50


def post_worker_init(worker: object) -> None:
    """Set the handler of SIGTERM in a worker that has set its own."""
    from shutdown import stop_all_at_sigterm

    stop_all_at_sigterm()
