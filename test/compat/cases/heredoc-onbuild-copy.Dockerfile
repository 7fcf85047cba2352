FROM alpine
ONBUILD COPY <<-"E" /x
	a
	E
USER x
