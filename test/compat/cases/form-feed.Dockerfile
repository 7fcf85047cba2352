FROM alpine

USER x
