"""What runs beside the boards: scheduled jobs, the demo show and its player. Never sees Streamlit."""
