"""Poses while they happen: capture, detection, lifting and delivery side by side, with the delay measured.

It knows neither the estimator nor where results go: sessions are made by whoever starts it.
"""
