{set a to 1}
FROM alpine
