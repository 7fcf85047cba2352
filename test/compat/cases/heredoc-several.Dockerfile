FROM alpine
RUN cat <<A <<-B; echo <<C
a
A
	b
	B
c
C
USER x
