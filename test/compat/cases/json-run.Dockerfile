FROM alpine
RUN ["a", "b c",	"d\"e\u0041"]
USER x
