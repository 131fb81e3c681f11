"""The demo: a show, its buyers, packers, carriers, riders and complaints, and what plays them."""
