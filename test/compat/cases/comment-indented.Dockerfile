   # c
FROM alpine
	# d
USER x
