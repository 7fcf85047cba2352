FROM php:%%PHP_VERSION%%-alpine
