"""The trial by killing: is each photo answered, once, in its chat's order, whatever dies and whenever?"""
