FROM alpine
RUN pip install {{ cookiecutter.name }}
