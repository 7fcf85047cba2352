import configparser
import os
import sys

config = configparser.ConfigParser()
if not config.read(os.path.expanduser("~/.config/greeter/settings.ini")):
    sys.exit("no settings")
print("greeting =", config["greeter"]["greeting"])
