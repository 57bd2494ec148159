"""The zone whose years number cases, and in which a time without zone is meant."""

from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
